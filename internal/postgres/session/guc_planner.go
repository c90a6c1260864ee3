package session

// plannerGUCs are settings about planning and memory. Those that orbit's planner
// does not consult are accepted, as hints that PostgreSQL too may ignore.
func plannerGUCs() []*guc {
	list := []*guc{
		number("work_mem", "4096", unitKB, 64, maxInt, groupMemory, "Sets the maximum memory to be used for query workspaces."),
		number("maintenance_work_mem", "65536", unitKB, 1024, maxInt, groupMemory, "Sets the maximum memory to be used for maintenance operations."),
		number("temp_buffers", "1024", unit8KB, 100, 1073741823, groupMemory, "Sets the maximum number of temporary buffers used by each session."),
		number("logical_decoding_work_mem", "65536", unitKB, 64, maxInt, groupMemory, "Sets the maximum memory to be used for logical decoding."),
		decimal("hash_mem_multiplier", "2", 1, 1000, groupMemory, "Multiple of work_mem to use for hash tables."),
		number("max_stack_depth", "2048", unitKB, 100, maxInt, groupMemory, "Sets the maximum stack depth, in kilobytes.").at(ctxSuperuser),
		number("temp_file_limit", "-1", unitKB, -1, maxInt, groupMemory, "Limits the total size of all temporary files used by each process.").at(ctxSuperuser),
		decimal("seq_page_cost", "1", 0, maxDouble, groupCost, "Sets the planner's estimate of the cost of a sequentially fetched disk page."),
		decimal("random_page_cost", "4", 0, maxDouble, groupCost, "Sets the planner's estimate of the cost of a nonsequentially fetched disk page."),
		decimal("cpu_tuple_cost", "0.01", 0, maxDouble, groupCost, "Sets the planner's estimate of the cost of processing each tuple (row)."),
		decimal("cpu_index_tuple_cost", "0.005", 0, maxDouble, groupCost, "Sets the planner's estimate of the cost of processing each index entry during an index scan."),
		decimal("cpu_operator_cost", "0.0025", 0, maxDouble, groupCost, "Sets the planner's estimate of the cost of processing each operator or function call."),
		decimal("parallel_setup_cost", "1000", 0, maxDouble, groupCost, "Sets the planner's estimate of the cost of starting up worker processes for parallel query."),
		decimal("parallel_tuple_cost", "0.1", 0, maxDouble, groupCost, "Sets the planner's estimate of the cost of passing each tuple (row) from worker to leader backend."),
		number("effective_cache_size", "524288", unit8KB, 1, maxInt, groupCost, "Sets the planner's assumption about the total size of the data caches."),
		number("min_parallel_table_scan_size", "1024", unit8KB, 0, 715827882, groupCost, "Sets the minimum amount of table data for a parallel scan."),
		number("min_parallel_index_scan_size", "64", unit8KB, 0, 715827882, groupCost, "Sets the minimum amount of index data for a parallel scan."),
		decimal("jit_above_cost", "100000", -1, maxDouble, groupCost, "Perform JIT compilation if query is more expensive."),
		decimal("jit_inline_above_cost", "500000", -1, maxDouble, groupCost, "Perform JIT inlining if query is more expensive."),
		decimal("jit_optimize_above_cost", "500000", -1, maxDouble, groupCost, "Optimize JIT-compiled functions if query is more expensive."),
		number("default_statistics_target", "100", unitNone, 1, 10000, groupQuery, "Sets the default statistics target."),
		choice("constraint_exclusion", "partition", []string{"partition", "on", "off"}, groupQuery, "Enables the planner to use constraints to optimize queries."),
		decimal("cursor_tuple_fraction", "0.1", 0, 1, groupQuery, "Sets the planner's estimate of the fraction of a cursor's rows that will be retrieved."),
		number("from_collapse_limit", "8", unitNone, 1, maxInt, groupQuery, "Sets the FROM-list size beyond which subqueries are not collapsed."),
		number("join_collapse_limit", "8", unitNone, 1, maxInt, groupQuery, "Sets the FROM-list size beyond which JOIN constructs are not flattened."),
		choice("plan_cache_mode", "auto", []string{"auto", "force_generic_plan", "force_custom_plan"}, groupQuery, "Controls the planner's selection of custom or generic plan."),
		off("jit", groupQuery, "Allow JIT compilation."),
		decimal("recursive_worktable_factor", "10", 0.001, 1000000, groupQuery, "Sets the planner's estimate of the average size of a recursive query's working table."),
		choice("force_parallel_mode", "off", []string{"off", "on", "regress"}, groupDeveloper, "Forces use of parallel query facilities."),
		number("geqo_threshold", "12", unitNone, 2, maxInt, groupQuery, "Sets the threshold of FROM items beyond which GEQO is used."),
		number("geqo_effort", "5", unitNone, 1, 10, groupQuery, "GEQO: effort is used to set the default for other GEQO parameters."),
		number("geqo_pool_size", "0", unitNone, 0, maxInt, groupQuery, "GEQO: number of individuals in the population."),
		number("geqo_generations", "0", unitNone, 0, maxInt, groupQuery, "GEQO: number of iterations of the algorithm."),
		decimal("geqo_selection_bias", "2", 1.5, 2, groupQuery, "GEQO: selective pressure within the population."),
		decimal("geqo_seed", "0", 0, 1, groupQuery, "GEQO: seed for random path selection."),
		on("geqo", groupQuery, "Enables genetic query optimization."),
		number("max_parallel_workers_per_gather", "0", unitNone, 0, 1024, groupAsync, "Sets the maximum number of parallel processes per executor node."),
		number("max_parallel_workers", "8", unitNone, 0, 1024, groupAsync, "Sets the maximum number of parallel workers that can be active at one time."),
		number("max_parallel_maintenance_workers", "2", unitNone, 0, 1024, groupAsync, "Sets the maximum number of parallel processes per maintenance operation."),
		on("parallel_leader_participation", groupAsync, "Controls whether Gather and Gather Merge also run subplans."),
		number("effective_io_concurrency", "1", unitNone, 0, 1000, groupAsync, "Number of simultaneous requests that can be handled efficiently by the disk subsystem."),
		number("maintenance_io_concurrency", "10", unitNone, 0, 1000, groupAsync, "A variant of effective_io_concurrency that is used for maintenance work."),
		number("backend_flush_after", "0", unit8KB, 0, 256, groupAsync, "Number of pages after which previously performed writes are flushed to disk."),
		decimal("seed", "0", -1, 1, groupOther, "Sets the seed for random-number generation."),
		number("vacuum_cost_delay", "0", unitMs, 0, 100, groupMemory, "Vacuum cost delay in milliseconds."),
		number("vacuum_cost_limit", "200", unitNone, 1, 10000, groupMemory, "Vacuum cost amount available before napping."),
	}
	for _, m := range []string{
		"enable_async_append", "enable_bitmapscan", "enable_gathermerge", "enable_hashagg", "enable_hashjoin",
		"enable_incremental_sort", "enable_indexonlyscan", "enable_indexscan", "enable_material", "enable_memoize",
		"enable_mergejoin", "enable_nestloop", "enable_parallel_append", "enable_parallel_hash",
		"enable_partition_pruning", "enable_seqscan", "enable_sort", "enable_tidscan",
	} {
		list = append(list, on(m, groupPlanner, "Enables the planner's use of "+m[len("enable_"):]+" plans."))
	}
	return append(list,
		off("enable_partitionwise_aggregate", groupPlanner, "Enables partitionwise aggregation and grouping."),
		off("enable_partitionwise_join", groupPlanner, "Enables partitionwise join."))
}
