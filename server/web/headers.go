package web

import (
	"net/http"

	"github.com/labstack/echo/v4"
)

// The policies of what a page may load and do. None allows inline scripts or
// styles, and none names another host.
const (
	// PolicyApp is for the app's own pages: they derive keys in WebAssembly.
	PolicyApp = "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self'; img-src 'self' data: blob:; " +
		"font-src 'self'; connect-src 'self'; manifest-src 'self'; worker-src 'self'; " +
		"form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
	// PolicyPublic is for pages that need nothing but their own style sheet.
	PolicyPublic = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; " +
		"form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
	// PolicyNothing is for everything that is no page.
	PolicyNothing = "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)

// What a page may ask a phone for: nothing. The app alone may ask for the camera,
// which reads the code on a sheet of cards.
const (
	permissions    = "camera=(), " + withoutCamera
	permissionsApp = "camera=(self), " + withoutCamera

	withoutCamera = "accelerometer=(), autoplay=(), display-capture=(), geolocation=(), gyroscope=(), " +
		"magnetometer=(), microphone=(), midi=(), payment=(), usb=(), browsing-topics=()"
)

// Headers sets the headers that every answer has. secure says whether a request
// came over TLS. A page replaces the policy by its own.
func Headers(secure func(*http.Request) bool) echo.MiddlewareFunc {
	return func(next echo.HandlerFunc) echo.HandlerFunc {
		return func(c echo.Context) error {
			h := c.Response().Header()
			h.Set("Content-Security-Policy", PolicyNothing)
			h.Set("X-Content-Type-Options", "nosniff")
			h.Set("Referrer-Policy", "no-referrer")
			h.Set("Permissions-Policy", permissions)
			h.Set("X-Frame-Options", "DENY")
			h.Set("Cross-Origin-Opener-Policy", "same-origin")
			h.Set("Cross-Origin-Resource-Policy", "same-origin")
			if secure(c.Request()) {
				h.Set("Strict-Transport-Security", "max-age=63072000; includeSubDomains")
			}
			return next(c)
		}
	}
}
