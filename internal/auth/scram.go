package auth

import "github.com/xdg-go/scram"

// Mechanism is the SASL mechanism offered.
const Mechanism = scheme

// Exchange is the server's side of one SCRAM-SHA-256 authentication.
type Exchange struct{ conv *scram.ServerConversation }

// NewExchange starts an exchange with a user whose verifier is v. The user name
// inside the exchange is ignored: the protocol around it has named the user.
func NewExchange(v Verifier) (*Exchange, error) {
	server, err := scram.SHA256.NewServer(func(string) (scram.StoredCredentials, error) {
		return scram.StoredCredentials{
			KeyFactors: scram.KeyFactors{Salt: v.salt, Iters: v.iterations},
			StoredKey:  v.storedKey, ServerKey: v.serverKey,
		}, nil
	})
	if err != nil {
		return nil, err
	}
	return &Exchange{server.NewConversation()}, nil
}

// Step takes a message of the client and gives the answer to it. After the
// second step without an error the client has proved that it knows the password.
func (e *Exchange) Step(message string) (string, error) { return e.conv.Step(message) }

// Done reports whether the client has been authenticated.
func (e *Exchange) Done() bool { return e.conv.Done() && e.conv.Valid() }
