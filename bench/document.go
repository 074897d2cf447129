package main

import (
	"bufio"
	"context"
	_ "embed"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"text/template"
)

//go:embed benchmarks.md.tmpl
var documentText string

// document writes benchmarks.md and its plots into a folder.
func (r *report) document(ctx context.Context, dir string) error {
	if err := plotMargins(dir, r.measures); err != nil {
		return err
	}
	var curves []string
	for _, m := range r.measures {
		if m.Curves == nil {
			continue
		}
		name, err := plotLatency(dir, m)
		if err != nil {
			return err
		}
		curves = append(curves, name)
	}
	parsed, err := template.New("benchmarks.md").Funcs(template.FuncMap{"verdict": r.verdict}).Parse(documentText)
	if err != nil {
		return err
	}
	var text strings.Builder
	if err := parsed.Execute(&text, map[string]any{"Measures": r.measures, "Curves": curves, "Plan": r.lab.facts(), "Machine": machine(ctx), "Others": r.others,
		"Day": r.began.Format("2006-01-02")}); err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(dir, "benchmarks.md"), []byte(text.String()), 0o644)
}

// machine tells where the figures are from.
func machine(ctx context.Context) map[string]any {
	return map[string]any{"Cores": runtime.NumCPU(), "CPU": cpuModel(), "Go": runtime.Version(), "System": runtime.GOOS + "/" + runtime.GOARCH,
		"Nginx": versionOf(ctx, "nginx", "-v"), "PHP": versionOf(ctx, "php", "-v")}
}

func cpuModel() string {
	f, err := os.Open("/proc/cpuinfo")
	if err != nil {
		return "unknown"
	}
	defer f.Close()
	for lines := bufio.NewScanner(f); lines.Scan(); {
		if name, value, _ := strings.Cut(lines.Text(), ":"); strings.TrimSpace(name) == "model name" {
			return strings.TrimSpace(value)
		}
	}
	return "unknown"
}

// versionOf is the first line of what a program says of its version.
func versionOf(ctx context.Context, program, flag string) string {
	out, err := exec.CommandContext(ctx, program, flag).CombinedOutput()
	if err != nil {
		return program + ": not installed"
	}
	line, _, _ := strings.Cut(string(out), "\n")
	return line
}
