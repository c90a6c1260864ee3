package session

import (
	"strings"

	pg_query "github.com/pganalyze/pg_query_go/v5"

	"github.com/orbit-server/orbit/internal/postgres/pgerr"
)

// copyOptions are how COPY's data looks.
type copyOptions struct {
	file         string // of the server; the client if empty
	csv, binary  bool
	delimiter    byte
	null         string
	header       bool
	headerMatch  bool
	quote        byte
	escape       byte
	forceQuote   []string // column names; nil: none
	forceAll     bool
	forceNotNull []string
	forceNull    []string
	freeze       bool
}

func copyError(format string, args ...any) *pgerr.Error {
	return pgerr.New(pgerr.FeatureNotSupported, format, args...)
}

func invalidCopy(format string, args ...any) *pgerr.Error {
	return pgerr.New(pgerr.InvalidParameterValue, format, args...)
}

// copyFormat reads COPY's options, by the rules of ProcessCopyOptions.
func copyFormat(list []*pg_query.Node, from bool) (copyOptions, error) {
	o := copyOptions{}
	given := make(map[string]bool)
	var delimiter, null, quote, escape *string
	for _, n := range list {
		d := n.GetDefElem()
		if given[d.Defname] {
			return o, pgerr.New(pgerr.SyntaxError, "conflicting or redundant options").At(d.Location)
		}
		given[d.Defname] = true
		text := defText(d)
		var err error
		switch d.Defname {
		case "format":
			switch text {
			case "text":
			case "csv":
				o.csv = true
			case "binary":
				o.binary = true
			default:
				return o, invalidCopy("COPY format %q not recognized", text).At(d.Location)
			}
		case "freeze":
			o.freeze, err = defBool(d)
		case "delimiter":
			delimiter = &text
		case "null":
			null = &text
		case "header":
			if lower(text) == "match" {
				o.header, o.headerMatch = true, true
				if !from {
					return o, copyError("cannot use \"match\" with HEADER in COPY TO")
				}
			} else {
				o.header, err = defBool(d)
			}
		case "quote":
			quote = &text
		case "escape":
			escape = &text
		case "force_quote":
			o.forceQuote, o.forceAll = defNames(d)
		case "force_not_null":
			o.forceNotNull, _ = defNames(d)
		case "force_null":
			o.forceNull, _ = defNames(d)
		case "encoding":
			_, err = parseEncoding(text)
		default:
			return o, pgerr.New(pgerr.SyntaxError, "option %q not recognized", d.Defname).At(d.Location)
		}
		if err != nil {
			return o, err
		}
	}
	if err := o.finish(given, delimiter, null, quote, escape, from); err != nil {
		return o, err
	}
	return o, nil
}

// finish puts in the defaults and checks that the options go together.
func (o *copyOptions) finish(given map[string]bool, delimiter, null, quote, escape *string, from bool) error {
	if o.binary && (delimiter != nil || null != nil || o.header) {
		for _, name := range []string{"delimiter", "null", "header"} {
			if given[name] {
				return pgerr.New(pgerr.SyntaxError, "cannot specify %s in BINARY mode", strings.ToUpper(name))
			}
		}
	}
	o.delimiter, o.quote = '\t', '"'
	o.null = `\N`
	if o.csv {
		o.delimiter, o.null = ',', ""
	}
	single := func(what string, v *string, to *byte) error {
		if v == nil {
			return nil
		}
		if len(*v) != 1 {
			return copyError("COPY %s must be a single one-byte character", what)
		}
		*to = (*v)[0]
		return nil
	}
	if err := single("delimiter", delimiter, &o.delimiter); err != nil {
		return err
	}
	if err := single("quote", quote, &o.quote); err != nil {
		return err
	}
	o.escape = o.quote
	if err := single("escape", escape, &o.escape); err != nil {
		return err
	}
	if null != nil {
		o.null = *null
	}
	if strings.ContainsAny(o.null, "\r\n") {
		return invalidCopy("COPY null representation cannot use newline or carriage return")
	}
	if o.delimiter == '\n' || o.delimiter == '\r' {
		return invalidCopy("COPY delimiter cannot be newline or carriage return")
	}
	if !o.csv {
		if strings.IndexByte(`\.abcdefghijklmnopqrstuvwxyz0123456789`, o.delimiter) >= 0 {
			return invalidCopy("COPY delimiter cannot be %q", string(o.delimiter))
		}
		for _, name := range []string{"quote", "escape", "force_quote", "force_not_null", "force_null"} {
			if given[name] {
				return copyError("COPY %s available only in CSV mode", strings.ReplaceAll(name, "_", " "))
			}
		}
	} else if o.delimiter == o.quote {
		return invalidCopy("COPY delimiter and quote must be different")
	}
	if from && given["force_quote"] {
		return copyError("COPY force quote only available using COPY TO")
	}
	if !from && (given["force_not_null"] || given["force_null"]) {
		return copyError("COPY force not null and force null only available using COPY FROM")
	}
	if strings.IndexByte(o.null, o.delimiter) >= 0 && o.null != "" {
		return copyError("COPY delimiter must not appear in the NULL specification")
	}
	if o.csv && o.null != "" && strings.IndexByte(o.null, o.quote) >= 0 {
		return copyError("CSV quote character must not appear in the NULL specification")
	}
	return nil
}

// defText is an option's value as text.
func defText(d *pg_query.DefElem) string {
	switch v := d.GetArg().GetNode().(type) {
	case *pg_query.Node_String_:
		return v.String_.Sval
	case *pg_query.Node_Integer:
		return itoa(int64(v.Integer.Ival))
	case *pg_query.Node_Float:
		return v.Float.Fval
	case *pg_query.Node_Boolean:
		return onOff(v.Boolean.Boolval)
	}
	return ""
}

// defBool is an option's value as a Boolean; without a value it is true.
func defBool(d *pg_query.DefElem) (bool, error) {
	if d.Arg == nil {
		return true, nil
	}
	b, ok := parseBool(defText(d))
	if !ok {
		return false, pgerr.New(pgerr.SyntaxError, "%s requires a Boolean value", d.Defname)
	}
	return b, nil
}

// defNames is a list of columns; all is true for *.
func defNames(d *pg_query.DefElem) (names []string, all bool) {
	if d.GetArg().GetAStar() != nil {
		return nil, true
	}
	for _, n := range d.GetArg().GetList().GetItems() {
		names = append(names, n.GetString_().GetSval())
	}
	return names, false
}
