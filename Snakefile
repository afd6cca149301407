# Entry point of a checkout; the workflow itself is workflow/Snakefile, which other workflows can import as a module.
include: "workflow/Snakefile"


# A Snakefile that only includes another has no target of its own, ends green and does nothing.
workflow.default_target = "all"
