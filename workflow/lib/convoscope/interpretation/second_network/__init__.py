"""A second network, or a logistic regression, on variants' scores and covariates."""
