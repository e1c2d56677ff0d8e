"""Charts that draw what a method returned; they compute nothing and return Axes."""
