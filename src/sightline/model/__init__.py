"""The common model: entities and columns (each with a privacy class), code lists, periods, geography, figures, releases."""
