"""What a study file may do to the rows and values of a source before they become a standard table, each step counted.

In this order: fields filled down, rows taken once, rows chosen, values recoded, columns computed.
"""
