"""Internal HTTP/JSON API of the Regie des eaux de Tamra (fictive): connection requests and visits."""
