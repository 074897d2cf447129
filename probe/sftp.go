package probe

import (
	"context"
	"errors"
	"io/fs"

	"github.com/pkg/sftp"
	"golang.org/x/crypto/ssh"
)

// sftpTree looks at the directories by SFTP. It returns false, and reports nothing, when the server
// does not offer SFTP to this login. The SFTP session ends with the client.
func sftpTree(ctx context.Context, client *ssh.Client, c *conn, d Directory, r *report) bool {
	files, err := sftp.NewClient(client)
	if err != nil {
		return false
	}
	there := d.tree(r, func(t target) (state, bool) {
		s, err := sftpState(files, t.path)
		if err != nil {
			r.network(ctx, err, "the SFTP server gave up")
		}
		return s, err == nil
	})
	if there {
		sftpList(ctx, files, c, d, r)
	}
	return true
}

// sftpList lists the directory, the only proof that it may be read. It comes last: a directory that
// is too large to be listed here uses the connection up, and may be read all the same.
func sftpList(ctx context.Context, files *sftp.Client, c *conn, d Directory, r *report) {
	_, err := files.ReadDirContext(ctx, or(d.Dir, "."))
	s, err := remoteState(err)
	switch {
	case err == nil:
		r.state(target{field: d.Field, what: "the directory"}, s)
	case !c.exhausted():
		r.network(ctx, err, "the SFTP server gave up")
	}
}

// sftpState fails only when the connection does.
func sftpState(files *sftp.Client, name string) (state, error) {
	info, err := files.Stat(name)
	if err != nil {
		return remoteState(err)
	}
	if !info.IsDir() {
		return notDirectory, nil
	}
	return usable, nil
}

func remoteState(err error) (state, error) {
	var refused *sftp.StatusError
	switch {
	case err == nil:
		return usable, nil
	case errors.Is(err, fs.ErrNotExist):
		return missing, nil
	case errors.Is(err, fs.ErrPermission):
		return denied, nil
	case errors.As(err, &refused):
		return unknown, nil
	}
	return unknown, err
}
