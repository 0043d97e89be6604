// Command cel prints the tables of expressions in CEL: it reads one, and has cel-go answer each row anew, with the
// functions that a server of Kubernetes 1.37 has.
package main

import (
	"bufio"
	"fmt"
	"io"
	"os"
	"sort"
	"strconv"
	"strings"

	"github.com/google/cel-go/cel"
	"github.com/google/cel-go/common/types"
	"github.com/google/cel-go/common/types/ref"
	"github.com/google/cel-go/common/types/traits"
	"k8s.io/apimachinery/pkg/util/version"
	"k8s.io/apiserver/pkg/cel/environment"
)

func main() {
	table, err := io.ReadAll(os.Stdin)
	if err != nil {
		panic(err)
	}
	env := environment.MustBaseEnvSet(version.MajorMinor(1, 37)).StoredExpressionsEnv()
	out := bufio.NewWriter(os.Stdout)
	defer out.Flush()
	for _, line := range strings.Split(strings.TrimSuffix(string(table), "\n"), "\n") {
		source := strings.Split(line, "\t")[0]
		fmt.Fprintf(out, "%s\t%s\n", source, answer(env, source))
	}
}

func answer(env *cel.Env, source string) string {
	ast, issues := env.Compile(source)
	if issues.Err() != nil {
		if parsed, issues := env.Parse(source); issues.Err() != nil || parsed == nil {
			return "syntax"
		}
		return "type"
	}
	program, err := env.Program(ast)
	if err != nil {
		return "error: " + strconv.QuoteToASCII(err.Error())
	}
	value, _, err := program.Eval(map[string]any{})
	if err != nil {
		return "error: " + strconv.QuoteToASCII(err.Error())
	}
	return shown(value)
}

func shown(value ref.Val) string {
	switch own := value.(type) {
	case types.Null:
		return "null"
	case types.Bool:
		return strconv.FormatBool(bool(own))
	case types.Int:
		return strconv.FormatInt(int64(own), 10)
	case types.Uint:
		return strconv.FormatUint(uint64(own), 10) + "u"
	case types.Double:
		return strconv.FormatFloat(float64(own), 'g', -1, 64) + "d"
	case types.String:
		return strconv.QuoteToASCII(string(own))
	case types.Bytes:
		return "b" + strconv.QuoteToASCII(string(own))
	case types.Duration:
		return fmt.Sprintf("duration %d", own.Duration.Nanoseconds())
	case types.Timestamp:
		return fmt.Sprintf("timestamp %d %d", own.Time.Unix(), own.Time.Nanosecond())
	case *types.Optional:
		if !own.HasValue() {
			return "none"
		}
		return "some " + shown(own.GetValue())
	case *types.Type:
		return "type " + own.TypeName()
	case traits.Lister:
		var items []string
		for it := own.Iterator(); it.HasNext() == types.True; {
			items = append(items, shown(it.Next()))
		}
		return "[" + strings.Join(items, ", ") + "]"
	case traits.Mapper:
		var items []string
		for it := own.Iterator(); it.HasNext() == types.True; {
			key := it.Next()
			items = append(items, shown(key)+": "+shown(own.Get(key)))
		}
		sort.Strings(items)
		return "{" + strings.Join(items, ", ") + "}"
	}
	return value.Type().TypeName()
}
