package session

// ServerVersion is the version of PostgreSQL whose behaviour clients may expect.
const (
	ServerVersion    = "15.0"
	ServerVersionNum = "150000"
)

// serverGUCs are the settings that describe the server; sessions can only read
// most of them.
func serverGUCs() []*guc {
	list := []*guc{
		text("server_version", ServerVersion, groupPreset, "Shows the server version.").reported(),
		number("server_version_num", ServerVersionNum, unitNone, 150000, 150000, groupPreset, "Shows the server version as an integer."),
		text("server_encoding", "UTF8", groupPreset, "Shows the server (database) character set encoding.").reported(),
		on("integer_datetimes", groupPreset, "Shows whether datetimes are integer based.").reported(),
		off("is_superuser", groupPreset, "Shows whether the current user is a superuser.").reported(),
		off("in_hot_standby", groupPreset, "Shows whether hot standby is currently active.").reported(),
		text("lc_collate", "C", groupPreset, "Shows the collation order locale."),
		text("lc_ctype", "C", groupPreset, "Shows the character classification and case conversion locale."),
		number("block_size", "8192", unitNone, 8192, 8192, groupPreset, "Shows the size of a disk block."),
		number("max_identifier_length", "63", unitNone, 63, 63, groupPreset, "Shows the maximum identifier length."),
		number("max_index_keys", "32", unitNone, 32, 32, groupPreset, "Shows the maximum number of index keys."),
		number("max_function_args", "100", unitNone, 100, 100, groupPreset, "Shows the maximum number of function arguments."),
		number("segment_size", "131072", unit8KB, 131072, 131072, groupPreset, "Shows the number of pages per disk file."),
		number("wal_block_size", "8192", unitNone, 8192, 8192, groupPreset, "Shows the block size in the write ahead log."),
		off("data_checksums", groupPreset, "Shows whether data checksums are turned on for this cluster."),
		off("debug_assertions", groupPreset, "Shows whether the running server has assertion checks enabled."),
	}
	for _, g := range list {
		g.context = ctxInternal
	}
	start := []*guc{
		number("max_connections", "100", unitNone, 1, 262143, groupConn, "Sets the maximum number of concurrent connections."),
		number("superuser_reserved_connections", "0", unitNone, 0, 262143, groupConn, "Sets the number of connection slots reserved for superusers."),
		number("port", "5432", unitNone, 1, 65535, groupConn, "Sets the TCP port the server listens on."),
		text("listen_addresses", "localhost", groupConn, "Sets the host name or IP address(es) to listen to."),
		text("unix_socket_directories", "", groupConn, "Sets the directories where Unix-domain sockets will be created."),
		number("max_locks_per_transaction", "64", unitNone, 10, maxInt, groupLock, "Sets the maximum number of locks per transaction."),
		number("max_prepared_transactions", "0", unitNone, 0, 262143, groupMemory, "Sets the maximum number of simultaneously prepared transactions."),
		number("shared_buffers", "16384", unit8KB, 16, 1073741823, groupMemory, "Sets the number of shared memory buffers used by the server."),
		number("max_worker_processes", "8", unitNone, 0, 262143, groupAsync, "Maximum number of concurrent worker processes."),
		choice("wal_level", "minimal", []string{"minimal", "replica", "logical"}, groupWAL, "Sets the level of information written to the WAL."),
		number("max_wal_senders", "0", unitNone, 0, 262143, groupWAL, "Sets the maximum number of simultaneously running WAL sender processes."),
		text("data_directory", "", groupFile, "Sets the server's data directory.").at(ctxStart),
		text("cluster_name", "", groupLog, "Sets the name of the cluster, which is included in the process title."),
	}
	for _, g := range start {
		g.context = ctxStart
	}
	sighup := []*guc{
		off("ssl", groupSSL, "Enables SSL connections."),
		number("authentication_timeout", "60", unitS, 1, 600, groupAuth, "Sets the maximum allowed time to complete client authentication."),
		on("fsync", groupWAL, "Forces synchronization of updates to disk."),
		on("full_page_writes", groupWAL, "Writes full pages to WAL when first modified after a checkpoint."),
		off("autovacuum", groupVacuum, "Starts the autovacuum subprocess."),
		text("synchronous_standby_names", "", groupWAL, "Number of synchronous standbys and list of names of potential synchronous ones."),
		choice(settingRedisMode, "persistent", optsMode, groupOrbit, "Sets where Redis data lives: on disk or in the memory of actors."),
		choice(settingPostgresMode, "persistent", optsMode, groupOrbit, "Sets where tables live: on disk or in the memory of actors."),
		choice("orbit.actor_persistence", "none", []string{"none", "snapshot", "write-through"}, groupOrbit, "Shows what of data in actors outlives the process."),
		text("orbit.actor_last_snapshot", "", groupOrbit, "Shows when the last complete snapshot of tables in actors was taken."),
	}
	for _, g := range sighup {
		g.context = ctxSighup
	}
	super := []*guc{
		choice("log_min_messages", "warning", optsLog, groupLogWhen, "Sets the message levels that are logged."),
		choice("log_min_error_statement", "error", optsLog, groupLogWhen, "Causes all statements generating error at or above this level to be logged."),
		number("log_min_duration_statement", "-1", unitMs, -1, maxInt, groupLogWhen, "Sets the minimum execution time above which all statements will be logged."),
		choice("log_statement", "none", []string{"none", "ddl", "mod", "all"}, groupLog, "Sets the type of statements logged."),
		choice("log_error_verbosity", "default", []string{"terse", "default", "verbose"}, groupLog, "Sets the verbosity of logged messages."),
		off("log_duration", groupLog, "Logs the duration of each completed SQL statement."),
		off("log_lock_waits", groupLog, "Logs long lock waits."),
		number("log_temp_files", "-1", unitKB, -1, maxInt, groupLog, "Log the use of temporary files larger than this number of kilobytes."),
		off("log_statement_stats", groupStats, "Writes cumulative performance statistics to the server log."),
		on("track_activities", groupStats, "Collects information about executing commands."),
		on("track_counts", groupStats, "Collects statistics on database activity."),
		off("track_io_timing", groupStats, "Collects timing statistics for database I/O activity."),
		choice("track_functions", "none", []string{"none", "pl", "all"}, groupStats, "Collects function-level statistics on database activity."),
		on("update_process_title", groupLog, "Updates the process title to show the active SQL command."),
		off("zero_damaged_pages", groupDeveloper, "Continues processing past damaged page headers."),
		off("allow_system_table_mods", groupDeveloper, "Allows modifications of the structure of system tables."),
		choice("compute_query_id", "auto", []string{"auto", "regress", "on", "off"}, groupStats, "Enables in-core computation of query identifiers."),
	}
	for _, g := range super {
		g.context = ctxSuperuser
	}
	user := []*guc{
		off("debug_print_parse", groupLog, "Logs each query's parse tree."),
		off("debug_print_plan", groupLog, "Logs each query's execution plan."),
		off("debug_print_rewritten", groupLog, "Logs each query's rewritten parse tree."),
		on("debug_pretty_print", groupLog, "Indents parse and plan tree displays."),
		number("log_parameter_max_length_on_error", "0", unitByte, -1, 1073741823, groupLog, "Sets the maximum length in bytes of data logged for bind parameter values when logging statements, on error."),
		off("exit_on_error", groupError, "Terminate session on any error."),
		number("commit_delay", "0", unitNone, 0, 100000, groupWAL, "Sets the delay in microseconds between transaction commit and flushing WAL to disk."),
		number("commit_siblings", "5", unitNone, 0, 1000, groupWAL, "Sets the minimum number of concurrent open transactions required before performing commit_delay."),
	}
	for _, l := range [][]*guc{start, sighup, super, user} {
		list = append(list, l...)
	}
	return list
}
