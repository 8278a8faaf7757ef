// Package identity says who is asking. It keeps the server's keys, makes and
// takes invitations, knows each device by its own key, and gives out the short
// tokens that everything else is asked with. There are no passwords.
//
// A member gets a one-time code, a device brings it together with its public
// key and is enrolled ([Authority.Enrol]); from then on the device signs an
// assertion whenever it needs an access token ([Authority.Token]), and the
// token stands in each call ([Authority.Caller]). A token says who; what they
// may do is looked up as it is now, at each use.
//
// Promises: a code works once; nobody can tell a used code from one that never
// was; an assertion works once; no algorithm is accepted but ES256 from devices
// and EdDSA from ourselves; a revoked device gets a token that is good for
// handing in what it holds and for being wiped, and for nothing else; no code,
// key, token or name is ever logged.
//
// It refuses to know what a role may do: that is said in server/programme and
// by the routes.
package identity
