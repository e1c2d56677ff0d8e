"""Charts that draw what a method returned, one face per room; they compute nothing and return Axes."""
