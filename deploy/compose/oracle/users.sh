#!/bin/sh
# Runs once, when the database was made: a user for each service, with the rights of docs/oracle.md and the password of its secret file.
set -eu
for service in dispatch customer support; do
    password=$(cat "/run/secrets/$service/database_password")
    sqlplus -s -L / as sysdba <<SQL
WHENEVER SQLERROR EXIT FAILURE
ALTER SESSION SET CONTAINER = FREEPDB1;
CREATE USER crm_$service IDENTIFIED BY "$password" DEFAULT TABLESPACE users QUOTA UNLIMITED ON users;
GRANT CREATE SESSION, CREATE TABLE, CREATE SEQUENCE TO crm_$service;
SQL
done
