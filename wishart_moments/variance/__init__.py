"""The output variance of an LDLT layer, exactly and otherwise; what follows for networks of them."""
