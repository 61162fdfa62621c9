//! The records behave the same on both engines. Each test runs on a fresh SQLite and a fresh PostgreSQL.

mod city;

mod cases;
mod catalogue;
mod deliveries;
mod faults;
mod grants;
mod marks;
mod people;
mod statements;
mod writes;
