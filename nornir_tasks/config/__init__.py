"""The intended configuration against the running one: view, render, compare, diff, risk."""
