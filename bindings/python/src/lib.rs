//! Signal for Python.
