"""The model card (Mitchell et al. 2019, doi:10.1145/3287560.3287596): what an experiment says of its networks."""
