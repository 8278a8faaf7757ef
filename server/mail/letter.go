package mail

import (
	"strings"

	"earshot/server/programme"
)

// A Letter is one mail to one person.
type Letter struct {
	To      string // an address
	Subject string
	Body    string
	ID      string // what stands before the @ of its Message-ID
}

// A saying is what a kind of mail says. No word of it tells what waits, from whom,
// or what the program is for.
type saying struct{ subject, text string }

var sayings = map[string]saying{
	programme.NoticeEscalation: {
		"Please look as soon as you can",
		"Something in Earshot needs somebody soon. Please look, and say there that you have it.",
	},
	programme.NoticeCover: {
		"Please look: nobody has yet",
		"Something in Earshot needs somebody soon, and those who would usually look have not said that they have it. Please look, or ring one of them.",
	},
	programme.NoticeAsk: {
		"You are asked something",
		"Somebody asks you something in Earshot, and would like to hear from you.",
	},
	programme.NoticeDigest: {
		"Something waits for you",
		"There is something in Earshot that waits for you.",
	},
	programme.NoticeSignIn: {
		"Your link to sign in",
		"Here is the link that you asked for. It works once, and for 15 minutes. If you did not ask for it, do nothing: without it nobody gets in.",
	},
}

// wrote writes the body of a mail with a link under what it says.
func wrote(text, link string) string {
	lines := []string{"Hello,", "", text, "", link, ""}
	if !strings.Contains(link, "#") {
		lines = append(lines, "You will be asked to sign in. This mail says no more on purpose.", "")
	}
	return strings.Join(append(lines, "A program sent this, and nobody reads what is sent back to it.", ""), "\r\n")
}
