package identity

import (
	"errors"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/go-json-experiment/json/jsontext"
	"github.com/labstack/echo/v4"

	"earshot/server/jsonbody"
	"earshot/server/problem"
	"earshot/server/store"
	"earshot/sync/record"
)

// maxBody bounds the body of every call of this package, in bytes.
const maxBody = 16 << 10

// PostEnrol answers POST /v1/enrol.
func (a *Authority) PostEnrol(c echo.Context) error {
	var e Enrolment
	if err := jsonbody.Read(c, maxBody, &e); err != nil {
		return err
	}
	got, err := a.Enrol(c.Request().Context(), ClientAddress(c.Request(), a.o.Trusted), e)
	if err != nil {
		return err
	}
	return jsonbody.Send(c, http.StatusCreated, got)
}

// PostToken answers POST /v1/token.
func (a *Authority) PostToken(c echo.Context) error {
	var asked struct {
		Assertion string `json:"assertion"`
	}
	if err := jsonbody.Read(c, maxBody, &asked); err != nil {
		return err
	}
	got, err := a.Token(c.Request().Context(), ClientAddress(c.Request(), a.o.Trusted), asked.Assertion)
	if err != nil {
		return err
	}
	return jsonbody.Send(c, http.StatusOK, got)
}

// Bearer gives the access token of a request, "" where it has none.
func Bearer(r *http.Request) string {
	scheme, token, _ := strings.Cut(r.Header.Get("Authorization"), " ")
	if !strings.EqualFold(scheme, "bearer") {
		return ""
	}
	return strings.TrimSpace(token)
}

const callerKey = "earshot.caller"

// Require lets a route be called only with a good access token of a device that
// was not revoked, by a member with one of these roles; of any role where none is
// named. To another role it is an address at which there is nothing.
func (a *Authority) Require(roles ...string) echo.MiddlewareFunc {
	return func(next echo.HandlerFunc) echo.HandlerFunc {
		return func(c echo.Context) error {
			caller, err := a.Caller(c.Request().Context(), Bearer(c.Request()))
			if err != nil {
				return err
			}
			if caller.Revoked {
				return ErrRevokedToken
			}
			if len(roles) > 0 && !slices.Contains(roles, caller.Role) {
				return problem.NotFound
			}
			c.Set(callerKey, caller)
			return next(c)
		}
	}
}

// CallerOf gives who calls a route that has Require before it.
func CallerOf(c echo.Context) Caller {
	caller, _ := c.Get(callerKey).(Caller)
	return caller
}

// maxDays is the longest that a code may be good for.
const maxDays = 365

var errDays = problem.New(http.StatusUnprocessableEntity, "days_invalid", "Say for how many days the code is good: 1 to 365.").With("field", "days")

// PostInvitation answers POST /v1/invitations: {"name","role","service"?} for a
// new member, or {"member"} for another device of one who is here, each with
// "days"?: what the command takes. Services may be called "services" as well, as in
// the record of a member.
func (a *Authority) PostInvitation(c echo.Context) error {
	var asked struct {
		Invite
		Service []string `json:"service"`
		Days    *int     `json:"days"`
	}
	if err := jsonbody.Read(c, maxBody, &asked); err != nil {
		return err
	}
	i := asked.Invite
	i.Services = append(i.Services, asked.Service...)
	if asked.Days != nil {
		if *asked.Days < 1 || *asked.Days > maxDays {
			return errDays
		}
		i.Life = time.Duration(*asked.Days) * 24 * time.Hour
	}
	by := CallerOf(c)
	got, err := a.Invite(c.Request().Context(), by.DAT, by, i)
	if err != nil {
		return err
	}
	return jsonbody.Send(c, http.StatusCreated, got)
}

type invitationInfo struct {
	Member  string `json:"member"`
	Made    string `json:"made"`
	Expires string `json:"expires"`
	Used    string `json:"used,omitempty"`
}

// GetInvitations answers GET /v1/invitations: who was invited, and what became of it.
func (a *Authority) GetInvitations(c echo.Context) error {
	list, err := a.store.Invitations(c.Request().Context(), CallerOf(c).DAT)
	if err != nil {
		return unavailable(err)
	}
	infos := make([]invitationInfo, len(list))
	for n, i := range list {
		infos[n] = invitationInfo{Member: i.Member, Made: i.Made.String(), Expires: i.Expires.String(), Used: timeOrNone(i.Used)}
	}
	return jsonbody.Send(c, http.StatusOK, map[string]any{"invitations": infos})
}

func timeOrNone(t record.Time) string {
	if t == 0 {
		return ""
	}
	return t.String()
}

// A DeviceInfo is what the desk is told of a device.
type DeviceInfo struct {
	ID       string         `json:"id"`
	Member   string         `json:"member"`
	Name     string         `json:"name"`
	LastSeen *string        `json:"last_seen"`
	Holds    jsontext.Value `json:"holds"`
	Revoked  bool           `json:"revoked"`
}

// Devices is how devices are listed, by the command too.
type Devices struct {
	Devices []DeviceInfo `json:"devices"`
}

// DeviceInfoOf gives what the desk is told of a device.
func DeviceInfoOf(d store.Device) DeviceInfo {
	info := DeviceInfo{ID: d.ID, Member: d.Member, Name: d.Name, Holds: jsontext.Value("null"), Revoked: d.Revoked != 0}
	if d.Seen != 0 {
		seen := d.Seen.String()
		info.LastSeen = &seen
	}
	if d.Holds != "" {
		info.Holds = jsontext.Value(d.Holds)
	}
	return info
}

// GetDevices answers GET /v1/devices.
func (a *Authority) GetDevices(c echo.Context) error {
	list, err := a.store.Devices(c.Request().Context(), CallerOf(c).DAT)
	if err != nil {
		return unavailable(err)
	}
	infos := make([]DeviceInfo, len(list))
	for i, d := range list {
		infos[i] = DeviceInfoOf(d)
	}
	return jsonbody.Send(c, http.StatusOK, Devices{infos})
}

// ErrDevice is given for a device that is none of the caller's DAT.
var ErrDevice = problem.New(http.StatusNotFound, "device_unknown", "There is no such device. Look again in the list of devices.")

// PostDevice answers POST /v1/devices/:id with {"revoke": true}, and DELETE of the
// same, with the list of that one device.
func (a *Authority) PostDevice(c echo.Context) error {
	if c.Request().Method != http.MethodDelete {
		var asked struct {
			Revoke bool `json:"revoke"`
		}
		if err := jsonbody.Read(c, maxBody, &asked); err != nil {
			return err
		}
		if !asked.Revoke {
			return problem.Malformed
		}
	}
	by, id := CallerOf(c), c.Param("id")
	d, err := a.store.Device(c.Request().Context(), id)
	if errors.Is(err, store.ErrNotFound) || err == nil && d.DAT != by.DAT {
		return ErrDevice
	}
	if err == nil {
		err = a.store.Revoke(c.Request().Context(), by.DAT, id, by.Member)
	}
	if err == nil {
		d, err = a.store.Device(c.Request().Context(), id)
	}
	if err != nil {
		return unavailable(err)
	}
	return jsonbody.Send(c, http.StatusOK, Devices{[]DeviceInfo{DeviceInfoOf(d)}})
}
