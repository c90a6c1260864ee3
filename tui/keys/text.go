package keys

import (
	"bytes"
	"fmt"

	"github.com/orbit-server/orbit/tui/pane"
	"github.com/orbit-server/orbit/tui/widget"
)

// text is a string's value, or the beginning of it.
type text struct {
	viewer *widget.Viewer
	fetch  pane.Fetch[[]byte]
	raw    []byte
	limit  int
	form   string // what it was recognised as, if that is not what the viewer shows
	stale  bool
}

// Of a long string the first part is shown, and as much more as is asked for. Small ones
// are looked at again all the time.
const (
	firstText = 256 << 10
	mostText  = 16 << 20
	smallText = 64 << 10
)

func (x *text) init() {
	x.viewer = widget.NewViewer(widget.ViewerStyles{})
	x.limit = firstText
}

func (x *text) reset() {
	x.fetch.Cancel()
	x.raw, x.limit = nil, firstText
}

// set shows a value. One that has not changed stays as it is, scrolled and searched.
func (x *text) set(raw []byte) {
	if x.raw != nil && bytes.Equal(raw, x.raw) {
		return
	}
	fresh := x.raw == nil
	form := x.viewer.Form()
	x.raw, x.form = raw, ""
	if decoded, ok := msgpackAsJSON(raw); ok {
		x.form = "msgpack"
		x.viewer.Set(decoded)
		return
	}
	x.viewer.Set(raw)
	if !fresh && form != x.viewer.Form() {
		x.viewer.Show(form) // the user may have chosen it
	}
}

// nextForm shows the value in another way; one that was recognised as something else
// first as its own bytes.
func (x *text) nextForm() {
	if x.form != "" {
		x.form = ""
		x.viewer.Set(x.raw)
		x.viewer.Show(widget.Hex)
		return
	}
	x.viewer.NextForm()
}

// whole tells whether all of a string of some bytes is there.
func (x *text) whole(size int64) bool { return int64(len(x.raw)) >= size }

func (x *text) note(size int64) string {
	form := map[widget.Form]string{widget.Plain: "text", widget.JSON: "json", widget.Hex: "hex"}[x.viewer.Form()]
	if x.form != "" {
		form = x.form
	}
	note := form + "  " + x.viewer.Place()
	if !x.whole(size) {
		note = fmt.Sprintf("the first %s of %s  %s", widget.Bytes(int64(len(x.raw))), widget.Bytes(size), note)
	}
	return note
}
