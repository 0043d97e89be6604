// Package chart has the types of the table of package fmt, whose names tell the package.
package chart

type pt struct {
	Name string
	N    int
	Any  any
}

type st struct{ V string }

func (s st) String() string { return "st<" + s.V + ">" }

type named []string

// Values are those that are structs, pointers and named slices, by name.
var Values = map[string]any{
	"struct":    pt{"n", 3, nil},
	"ptr":       &pt{"n", 3, "x"},
	"nilptr":    (*pt)(nil),
	"stringer":  st{"q"},
	"instruct":  pt{"o", 1, st{"i"}},
	"namedlist": named{"v1", "v2"},
}
