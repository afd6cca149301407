"""What the rules of the workflow are given: files, sections and options, all from the configuration alone.

Snakemake reads this when it plans, so that nothing here needs more than Snakemake brings. Methods that take
``wildcards`` are input or params functions of a rule, methods that return one are made for a name.
"""
