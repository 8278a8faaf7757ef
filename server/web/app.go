package web

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"embed"
	"encoding/base64"
	"errors"
	"fmt"
	"io/fs"
	"mime"
	"net/http"
	"path"
	"strings"

	"github.com/labstack/echo/v4"

	"earshot/server/coding"
	"earshot/server/problem"
)

// dist is what `make` has built; in a fresh checkout it holds .keep alone.
//
//go:embed all:dist
var dist embed.FS

// An App serves the files of the built app from memory.
type App struct {
	files map[string]*File
}

// A File is one file as it is served: with its hash as ETag, and compressed
// beforehand where that makes it smaller.
type File struct {
	Type string
	ETag string
	Body []byte
	// Gzip and Brotli are the same, compressed; nil: not worth it. Brotli is made
	// by the app's build.
	Gzip   []byte
	Brotli []byte
	// Forever: its name holds a hash of its content.
	Forever bool
}

// NewApp reads the app that was built into the binary.
func NewApp() (*App, error) {
	sub, err := fs.Sub(dist, "dist")
	if err != nil {
		return nil, err
	}
	return newApp(sub)
}

func newApp(files fs.FS) (*App, error) {
	a := &App{files: map[string]*File{}}
	err := fs.WalkDir(files, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || strings.HasPrefix(path.Base(name), ".") || path.Ext(name) == brotli {
			return err
		}
		body, err := fs.ReadFile(files, name)
		if err != nil {
			return err
		}
		f, err := NewFile(name, body)
		if err != nil {
			return err
		}
		if f.Brotli, err = fs.ReadFile(files, name+brotli); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
		a.files["/"+name] = f
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("reading the built app: %w", err)
	}
	if a.files["/index.html"] == nil {
		if a.files["/index.html"], err = NewFile("index.html", []byte(notBuilt)); err != nil {
			return nil, err
		}
	}
	return a, nil
}

// brotli stands behind the name of a file whose content is that of the file
// without it, compressed.
const brotli = ".br"

// notBuilt is the page of a binary that was built by `go build` alone.
const notBuilt = `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>Earshot</title></head>
<body><h1>The app is not in this build</h1>
<p>The server runs. Build the app with <code>make</code>, then start the server again.</p></body></html>
`

// types are the media types of the app's files: what the machine's own tables
// say must not matter.
var types = map[string]string{
	".html": "text/html; charset=utf-8", ".js": "text/javascript; charset=utf-8", ".css": "text/css; charset=utf-8",
	".json": "application/json", ".webmanifest": "application/manifest+json", ".svg": "image/svg+xml",
	".png": "image/png", ".ico": "image/x-icon", ".wasm": "application/wasm", ".woff2": "font/woff2", ".txt": "text/plain; charset=utf-8",
}

// NewFile makes a file ready to be served.
func NewFile(name string, body []byte) (*File, error) {
	f := &File{Body: body, Type: types[path.Ext(name)], Forever: strings.HasPrefix(name, "assets/")}
	if f.Type == "" {
		if f.Type = mime.TypeByExtension(path.Ext(name)); f.Type == "" {
			f.Type = "application/octet-stream"
		}
	}
	sum := sha256.Sum256(body)
	f.ETag = `W/"` + base64.RawURLEncoding.EncodeToString(sum[:12]) + `"`
	var packed bytes.Buffer
	z, err := gzip.NewWriterLevel(&packed, gzip.BestCompression)
	if err != nil {
		return nil, err
	}
	_, errWrite := z.Write(body)
	if err := errors.Join(errWrite, z.Close()); err != nil {
		return nil, err
	}
	if packed.Len() < len(body)*9/10 {
		f.Gzip = packed.Bytes()
	}
	return f, nil
}

// Serve sends the file. One whose name holds its hash may be kept for ever;
// every other is asked for again each time, so that a new release is seen.
func (f *File) Serve(c echo.Context) error {
	h := c.Response().Header()
	h.Set("ETag", f.ETag)
	h.Set("Vary", "Accept-Encoding")
	if f.Forever {
		h.Set("Cache-Control", "public, max-age=31536000, immutable")
	} else {
		h.Set("Cache-Control", "no-cache")
	}
	if strings.Contains(c.Request().Header.Get("If-None-Match"), f.ETag) {
		return c.NoContent(http.StatusNotModified)
	}
	body := f.Body
	switch asked := c.Request().Header; {
	case f.Brotli != nil && coding.Takes(asked, "br"):
		h.Set("Content-Encoding", "br")
		body = f.Brotli
	case f.Gzip != nil && coding.Takes(asked, "gzip"):
		h.Set("Content-Encoding", "gzip")
		body = f.Gzip
	}
	return c.Blob(http.StatusOK, f.Type, body)
}

// Page answers / and /enrol, where the app itself sees what stands in the fragment.
func (a *App) Page(c echo.Context) error {
	c.Response().Header().Set("Content-Security-Policy", PolicyApp)
	c.Response().Header().Set("Permissions-Policy", permissionsApp)
	return a.files["/index.html"].Serve(c)
}

// File answers for every other file of the app.
func (a *App) File(c echo.Context) error {
	name := path.Clean("/" + c.Request().URL.Path)
	f := a.files[name]
	if f == nil {
		return problem.NotFound
	}
	// A worker has the policy of its own script, not of the page that started it.
	c.Response().Header().Set("Content-Security-Policy", PolicyApp)
	return f.Serve(c)
}
