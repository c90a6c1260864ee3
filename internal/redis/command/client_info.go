package command

import "fmt"

// String is the client's line in CLIENT LIST: the fields of redis-server 7.0 and
// the library of 7.2.
func (i *ClientInfo) String() string {
	return fmt.Sprintf("id=%d addr=%s laddr=%s fd=%d name=%s age=%d idle=%d flags=%s db=%d sub=%d psub=%d ssub=%d multi=%d "+
		"qbuf=%d qbuf-free=%d argv-mem=%d multi-mem=%d rbs=%d rbp=%d obl=0 oll=%d omem=%d tot-mem=%d events=%s cmd=%s user=%s "+
		"redir=%d resp=%d lib-name=%s lib-ver=%s",
		i.ID, i.Addr, i.LAddr, i.FD, i.Name, int64(i.Age.Seconds()), int64(i.Idle.Seconds()), i.Flags, i.DB, i.Sub, i.PSub, i.SSub,
		i.Multi, i.QueryBuffer, i.QueryFree, i.ArgvMem, i.MultiMem, i.ReplySize, i.ReplyPeak, i.OutputList, i.OutputMem, i.TotalMem, i.events(), i.Command, i.User,
		i.Redirect, i.Proto, i.LibName, i.LibVer)
}

func (i *ClientInfo) events() string {
	if i.OutputMem > 0 {
		return "rw"
	}
	return "r"
}
