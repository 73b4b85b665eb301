"""Accounts in Keycloak, kept in step with the staff."""
