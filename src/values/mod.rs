//! Values: -f layers, the --set family, coalescing, JSON Schema.
