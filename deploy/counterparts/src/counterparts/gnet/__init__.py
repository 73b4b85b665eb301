"""G-net CRM (G网CRM): an older system with its own orders, which it hands over and wants answered."""
