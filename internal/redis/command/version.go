package command

// RedisVersion is the redis-server whose behaviour, texts and command set orbit
// follows. HELLO and INFO tell it to clients, which choose by it what to send.
const RedisVersion = "7.0.15"
