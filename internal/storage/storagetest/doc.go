// Package storagetest is the conformance suite of the storage contract: what it
// tests is what every implementation promises. Run is for all stores,
// RunPersistent for those that outlive the process. It imports storage only.
// Start at run.go; model.go compares a store with a sorted map.
package storagetest
