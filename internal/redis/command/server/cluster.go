package server

import "github.com/orbit-server/orbit/internal/redis/command"

// errNoCluster is redis-server's reply when it is not part of a cluster.
const errNoCluster command.Error = "ERR This instance has cluster support disabled"

func noCluster(*command.Ctx) error { return errNoCluster }

// clusterSpec is CLUSTER, all of which needs a cluster.
var clusterSpec = &command.Spec{
	Name:       "cluster",
	Arity:      -2,
	Categories: []string{"slow"},
	Group:      "cluster",
	Since:      "3.0.0",
	Complexity: "Depends on subcommand.",
	Summary:    "A container for cluster commands",
	Sub:        clusterSubs,
}

var clusterSubs = []*command.Spec{
	clusterSub("addslots", -3, command.Admin|command.Stale|command.NoAsyncLoading, "3.0.0", "O(N) where N is the total number of hash slot arguments", "Assign new hash slots to receiving node"),
	clusterSub("addslotsrange", -4, command.Admin|command.Stale|command.NoAsyncLoading, "7.0.0", "O(N) where N is the total number of the slots between the start slot and end slot arguments.", "Assign new hash slots to receiving node"),
	clusterSub("bumpepoch", 2, command.Admin|command.Stale|command.NoAsyncLoading, "3.0.0", "O(1)", "Advance the cluster config epoch"),
	clusterSub("count-failure-reports", 3, command.Admin|command.Stale, "3.0.0", "O(N) where N is the number of failure reports", "Return the number of failure reports active for a given node"),
	clusterSub("countkeysinslot", 3, command.Stale, "3.0.0", "O(1)", "Return the number of local keys in the specified hash slot"),
	clusterSub("delslots", -3, command.Admin|command.Stale|command.NoAsyncLoading, "3.0.0", "O(N) where N is the total number of hash slot arguments", "Set hash slots as unbound in receiving node"),
	clusterSub("delslotsrange", -4, command.Admin|command.Stale|command.NoAsyncLoading, "7.0.0", "O(N) where N is the total number of the slots between the start slot and end slot arguments.", "Set hash slots as unbound in receiving node"),
	clusterSub("failover", -2, command.Admin|command.Stale|command.NoAsyncLoading, "3.0.0", "O(1)", "Forces a replica to perform a manual failover of its master."),
	clusterSub("flushslots", 2, command.Admin|command.Stale|command.NoAsyncLoading, "3.0.0", "O(1)", "Delete a node's own slots information"),
	clusterSub("forget", 3, command.Admin|command.Stale|command.NoAsyncLoading, "3.0.0", "O(1)", "Remove a node from the nodes table"),
	clusterSub("getkeysinslot", 4, command.Stale, "3.0.0", "O(log(N)) where N is the number of requested keys", "Return local key names in the specified hash slot"),
	clusterSub("help", 2, command.Loading|command.Stale, "5.0.0", "O(1)", "Show helpful text about the different subcommands"),
	clusterSub("info", 2, command.Stale, "3.0.0", "O(1)", "Provides info about Redis Cluster node state"),
	clusterSub("keyslot", 3, command.Stale, "3.0.0", "O(N) where N is the number of bytes in the key", "Returns the hash slot of the specified key"),
	clusterSub("links", 2, command.Stale, "7.0.0", "O(N) where N is the total number of Cluster nodes", "Returns a list of all TCP links to and from peer nodes in cluster"),
	clusterSub("meet", -4, command.Admin|command.Stale|command.NoAsyncLoading, "3.0.0", "O(1)", "Force a node cluster to handshake with another node"),
	clusterSub("myid", 2, command.Stale, "3.0.0", "O(1)", "Return the node id"),
	clusterSub("myshardid", 2, command.Stale, "7.2.0", "O(1)", "Returns the shard ID of a node."),
	clusterSub("nodes", 2, command.Stale, "3.0.0", "O(N) where N is the total number of Cluster nodes", "Get Cluster config for the node"),
	clusterSub("replicas", 3, command.Admin|command.Stale, "5.0.0", "O(1)", "List replica nodes of the specified master node"),
	clusterSub("replicate", 3, command.Admin|command.Stale|command.NoAsyncLoading, "3.0.0", "O(1)", "Reconfigure a node as a replica of the specified master node"),
	clusterSub("reset", -2, command.Admin|command.NoScript|command.Stale, "3.0.0", "O(N) where N is the number of known nodes. The command may execute a FLUSHALL as a side effect.", "Reset a Redis Cluster node"),
	clusterSub("saveconfig", 2, command.Admin|command.Stale|command.NoAsyncLoading, "3.0.0", "O(1)", "Forces the node to save cluster state on disk"),
	clusterSub("set-config-epoch", 3, command.Admin|command.Stale|command.NoAsyncLoading, "3.0.0", "O(1)", "Set the configuration epoch in a new node"),
	clusterSub("setslot", -4, command.Admin|command.Stale|command.NoAsyncLoading, "3.0.0", "O(1)", "Bind a hash slot to a specific node"),
	clusterSub("shards", 2, command.Stale, "7.0.0", "O(N) where N is the total number of cluster nodes", "Get array of cluster slots to node mappings"),
	clusterSub("slaves", 3, command.Admin|command.Stale, "3.0.0", "O(1)", "List replica nodes of the specified master node"),
	clusterSub("slots", 2, command.Stale, "3.0.0", "O(N) where N is the total number of Cluster nodes", "Get array of Cluster slot to node mappings"),
}

func clusterSub(name string, arity int, flags command.Flag, since, complexity, summary string) *command.Spec {
	categories := []string{"slow"}
	if flags&command.Admin != 0 {
		categories = []string{"admin", "slow", "dangerous"}
	}
	return &command.Spec{
		Name: name, Arity: arity, Flags: flags, Categories: categories,
		Group: "cluster", Since: since, Complexity: complexity, Summary: summary, Handler: noCluster,
	}
}

var (
	askingSpec    = clusterModeSpec("asking", command.Fast, "Sent by cluster clients after an -ASK redirect")
	readonlySpec  = clusterModeSpec("readonly", command.Loading|command.Stale|command.Fast, "Enables read queries for a connection to a cluster replica node")
	readwriteSpec = clusterModeSpec("readwrite", command.Loading|command.Stale|command.Fast, "Disables read queries for a connection to a cluster replica node")
)

func clusterModeSpec(name string, flags command.Flag, summary string) *command.Spec {
	return &command.Spec{
		Name: name, Arity: 1, Flags: flags, Categories: []string{"fast", "connection"},
		Group: "cluster", Since: "3.0.0", Complexity: "O(1)", Summary: summary, Handler: noCluster,
	}
}
