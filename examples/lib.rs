//! Small programs that show Signal; see the files beside this one.
