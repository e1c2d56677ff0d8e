"""Every sentence of the report: which is said when, and its words. Takes results, returns text."""
