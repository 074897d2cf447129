package cli_test

import (
	"bytes"
	"mime/multipart"
	"net/url"
	"path/filepath"
	"slices"
	"strings"

	"panelgate/gatewaytest"
	"panelgate/phpform"
)

// variations are a request that is good, and ways to send it badly; the secrets in each are new.
func (h *hunt) variations(example gatewaytest.Request) (all []gatewaytest.Request) {
	fresh := func() gatewaytest.Request { return h.golden(example) }
	set := func(name, value string) {
		all = append(all, h.change(fresh(), func(form *phpform.Array) { form.Set(phpform.StringKey(name), phpform.Text(value)) }))
	}
	for _, dryRun := range []string{"input", "all", h.admin} {
		set("dryrun", dryRun)
	}
	for _, token := range []string{h.masked, h.client, h.stranger, h.mark(markToken), ""} {
		all = append(all, h.with(fresh(), token))
	}
	for key, value := range asForm(h.t, example).All() {
		name := key.String()
		all = append(all, h.change(fresh(), func(form *phpform.Array) { form.Delete(name) }))
		set(name, "!\x01")
		set(name, "nobody_"+name)
		if h.secret[name] == 0 && !value.IsArray() {
			set(name, h.admin)
		}
	}
	for name, kind := range h.secret { // where the action takes them and where not, in shapes that it does not
		set(name, h.mark(kind))
		set(name, strings.Repeat(h.mark(kind), 2000))
		all = append(all, h.change(fresh(), func(form *phpform.Array) {
			form.Set(phpform.StringKey(name), phpform.List(phpform.Text(h.mark(kind)), phpform.List(phpform.Text(h.mark(kind)))))
		}))
		all = append(all, h.inQuery(fresh(), name, h.mark(kind)), h.inQuery(fresh(), "x["+name+"][]", h.mark(kind)))
	}
	for _, name := range []string{"pasword", "accountuser", "action", "explain", "idempotency_key", "token"} { // misspelt, misplaced
		set(name, h.admin)
	}
	set("pasword", h.mark(markStray))
	return slices.Concat(all, h.inHeaders(fresh), h.inOtherBodies(fresh))
}

func (h *hunt) inQuery(r gatewaytest.Request, name, value string) gatewaytest.Request {
	r.Path += "?" + url.Values{name: {value}}.Encode()
	return r
}

// inHeaders sends secrets where no secret belongs, and the key of a safe retry twice.
func (h *hunt) inHeaders(fresh func() gatewaytest.Request) (all []gatewaytest.Request) {
	for _, name := range []string{"Authorization", "X-Api-Key", "Cookie", "Referer", "User-Agent", "Content-Type", "Content-Encoding",
		"X-Forwarded-For", "X-Http-Method-Override", "Host", "X-Request-Id", "Idempotency-Key"} {
		if name == "X-Api-Key" && fresh().Header.Get(name) != "" {
			continue
		}
		all = append(all, withHeader(fresh(), name, h.mark(markStray)))
	}
	again := withHeader(fresh(), "Idempotency-Key", h.mark(markKey))
	return append(all, again, again, withHeader(fresh(), "Idempotency-Key", again.Header.Get("Idempotency-Key")))
}

// inOtherBodies sends a request as JSON and as a multipart form, whole, and cut in the middle of a secret.
func (h *hunt) inOtherBodies(fresh func() gatewaytest.Request) (all []gatewaytest.Request) {
	stray := func(r gatewaytest.Request) gatewaytest.Request {
		return h.change(r, func(form *phpform.Array) {
			form.Set(phpform.StringKey("password"), phpform.Text(h.mark(markPassword)))
		})
	}
	asJSON := withForm(withHeader(stray(fresh()), "Content-Type", "application/json"), new(phpform.Array))
	body, err := asForm(h.t, stray(fresh())).AppendJSON(nil)
	if err != nil {
		h.t.Fatal(err)
	}
	asJSON.Body = string(body)
	var parts bytes.Buffer
	w := multipart.NewWriter(&parts)
	for key, value := range asForm(h.t, stray(fresh())).All() {
		_ = w.WriteField(key.String(), value.Text()) // a buffer takes everything
	}
	_ = w.Close()
	asParts := withHeader(stray(fresh()), "Content-Type", w.FormDataContentType())
	asParts.Body = parts.String()
	for _, r := range []gatewaytest.Request{asJSON, asParts, stray(fresh())} {
		all = append(all, r)
		for _, keep := range []int{len(r.Body) - 1, len(r.Body) - 5, strings.LastIndex(r.Body, markWord) + len(markWord) + 3} {
			cut := r
			cut.Body = r.Body[:max(0, min(keep, len(r.Body)))]
			all = append(all, cut)
		}
	}
	return all
}

// search looks for secrets in all that the server wrote and shows, while it runs and after its end.
func (h *hunt) search() {
	h.t.Helper()
	h.run("audit list", "audit", "list", "--limit", "100000")
	h.run("audit list --json", "audit", "list", "--json", "--limit", "100000")
	h.run("audit export jsonl", "audit", "export", "--format", "jsonl")
	h.run("audit export csv", "audit", "export", "--format", "csv")
	h.run("token list", "token", "list", "--json")
	for _, path := range []string{"/docs", "/docs/openapi.json", "/healthz", "/readyz", "/auth/check?page=email/accounts"} {
		_, text := mustGet(h.t, h.api+path)
		h.check(h.t, path, []byte(text), "")
	}
	for _, path := range []string{"/metrics", "/debug/pprof/goroutine?debug=2", "/debug/pprof/goroutine?debug=1", "/debug/pprof/cmdline"} {
		_, text := mustGet(h.t, h.debug+path)
		h.check(h.t, path, []byte(text), "")
	}
	trail := h.change(h.with(gatewaytest.Request{Method: "POST", Path: "/spanel/api.php"}, h.client), func(form *phpform.Array) {
		form.Set(phpform.StringKey("action"), phpform.Text("toolbox/audit"))
		form.Set(phpform.StringKey("accountuser"), phpform.Text(gatewaytest.Account))
	})
	h.send(trail, "toolbox/audit")
	h.files()
	if err := h.Process.Kill(); err != nil { // so that the write-ahead log stays as it is
		h.t.Fatal(err)
	}
	h.exitCode(h.t)
	h.files()
	h.check(h.t, "stdout", []byte(h.out.String()), "")
	h.check(h.t, "the log", []byte(h.err.String()), "")
	if !strings.Contains(h.err.String(), `"level":"DEBUG"`) {
		h.t.Error("the log is not at debug level")
	}
}

// files looks into the database and all files beside it.
func (h *hunt) files() {
	h.t.Helper()
	files, err := filepath.Glob(h.db + "*")
	if err != nil || len(files) < 3 {
		h.t.Fatalf("files of the database: %q, %v", files, err)
	}
	for _, file := range files {
		h.check(h.t, filepath.Base(file), mustRead(h.t, file), "")
	}
}

// run looks at what a command on the database prints.
func (h *hunt) run(what string, args ...string) {
	h.t.Helper()
	p := mustStartBinary(h.t, h.Path, append(args, "--db", h.db)...)
	if code := p.exitCode(h.t); code != 0 {
		h.t.Errorf("%s: exit code %d: %s", what, code, p.err.String())
	}
	h.check(h.t, what, []byte(p.out.String()+p.err.String()), "")
}
