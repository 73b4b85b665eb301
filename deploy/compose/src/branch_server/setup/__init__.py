"""What runs in the one-shot containers: databases, the realm of Keycloak, the demo branch."""
