"""The contract's edge."""
