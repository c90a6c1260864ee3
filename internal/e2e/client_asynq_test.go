package e2e

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log"
	"sync"
	"testing"
	"time"

	"github.com/hibiken/asynq"
)

// TestAsynq runs a queue of tasks to its end: most of asynq is Lua.
func TestAsynq(t *testing.T) {
	o := start(t, t.TempDir(), "--postgres-addr=")
	connect := asynq.RedisClientOpt{Addr: o.redis}
	client, inspector := asynq.NewClient(connect), asynq.NewInspector(connect)
	t.Cleanup(func() { _, _ = client.Close(), inspector.Close() })
	enqueueTasks(t, client)
	inspectWaiting(t, inspector)

	w := &asynqWorker{runs: map[string]int{}}
	server := asynq.NewServer(connect, asynq.Config{
		Concurrency: 4, Queues: map[string]int{"critical": 3, "default": 1},
		RetryDelayFunc:           func(int, error, *asynq.Task) time.Duration { return 10 * time.Millisecond },
		TaskCheckInterval:        20 * time.Millisecond,
		DelayedTaskCheckInterval: 50 * time.Millisecond,
		Logger:                   quiet{log.New(io.Discard, "", 0)},
	})
	if err := server.Start(asynq.HandlerFunc(w.process)); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(server.Shutdown)
	awaitTasks(t, inspector, 24)
	inspectDone(t, inspector, w)
}

const asynqMails = 20

// enqueueTasks: twenty mails, one of them asked for twice; one task for later;
// one that fails twice, one that always fails, one that is to be deleted.
func enqueueTasks(t *testing.T, client *asynq.Client) {
	t.Helper()
	enqueue := func(kind, payload string, opts ...asynq.Option) error {
		_, err := client.Enqueue(asynq.NewTask(kind, []byte(payload)), append(opts, asynq.Retention(time.Hour))...)
		return err
	}
	for i := range asynqMails {
		if err := enqueue("mail", fmt.Sprint(i), asynq.Queue("critical"), asynq.Unique(time.Hour)); err != nil {
			t.Fatal(err)
		}
	}
	if err := enqueue("mail", "7", asynq.Queue("critical"), asynq.Unique(time.Hour)); !errors.Is(err, asynq.ErrDuplicateTask) {
		t.Errorf("a mail twice: %v", err)
	}
	for _, task := range []struct {
		kind string
		opts []asynq.Option
	}{
		{"later", []asynq.Option{asynq.ProcessIn(1500 * time.Millisecond)}},
		{"flaky", []asynq.Option{asynq.MaxRetry(5)}},
		{"broken", []asynq.Option{asynq.MaxRetry(1)}},
		{"unwanted", []asynq.Option{asynq.TaskID("unwanted"), asynq.ProcessIn(time.Hour)}},
		{"hurried", []asynq.Option{asynq.TaskID("hurried"), asynq.ProcessIn(time.Hour)}},
	} {
		if err := enqueue(task.kind, "", task.opts...); err != nil {
			t.Fatal(err)
		}
	}
	if err := enqueue("unwanted", "", asynq.TaskID("unwanted")); !errors.Is(err, asynq.ErrTaskIDConflict) {
		t.Errorf("an id twice: %v", err)
	}
}

func inspectWaiting(t *testing.T, inspector *asynq.Inspector) {
	t.Helper()
	info, err := inspector.GetQueueInfo("critical")
	if err != nil || info.Pending != asynqMails || info.MemoryUsage <= 0 {
		t.Errorf("critical: %+v, %v", info, err)
	}
	info, err = inspector.GetQueueInfo("default")
	if err != nil || info.Pending != 2 || info.Scheduled != 3 {
		t.Errorf("default: %+v, %v", info, err)
	}
	tasks, err := inspector.ListPendingTasks("critical", asynq.PageSize(7), asynq.Page(3))
	if err != nil || len(tasks) != 6 {
		t.Errorf("the third page has %d tasks, %v", len(tasks), err)
	}
	if err := inspector.DeleteTask("default", "unwanted"); err != nil {
		t.Error(err)
	}
	if err := inspector.RunTask("default", "hurried"); err != nil {
		t.Error(err)
	}
	if err := inspector.PauseQueue("critical"); err != nil {
		t.Error(err)
	}
	if err := inspector.UnpauseQueue("critical"); err != nil {
		t.Error(err)
	}
}

// asynqWorker counts how often each task ran.
type asynqWorker struct {
	mu   sync.Mutex
	runs map[string]int
}

func (w *asynqWorker) process(_ context.Context, task *asynq.Task) error {
	name := task.Type() + string(task.Payload())
	w.mu.Lock()
	w.runs[name]++
	n := w.runs[name]
	w.mu.Unlock()
	if name == "broken" || name == "flaky" && n <= 2 {
		return fmt.Errorf("%s failed for the %d. time", name, n)
	}
	_, err := task.ResultWriter().Write([]byte("done " + name))
	return err
}

// awaitTasks waits until n tasks are completed or given up.
func awaitTasks(t *testing.T, inspector *asynq.Inspector, n int) {
	t.Helper()
	for deadline := time.Now().Add(30 * time.Second); ; time.Sleep(20 * time.Millisecond) {
		var ended int
		var state string
		for _, queue := range []string{"critical", "default"} {
			info, err := inspector.GetQueueInfo(queue)
			if err != nil {
				t.Fatal(err)
			}
			ended += info.Completed + info.Archived
			state += fmt.Sprintf("%+v\n", *info)
		}
		if ended == n {
			return
		}
		if time.Now().After(deadline) {
			t.Fatalf("%d of %d tasks ended:\n%s", ended, n, state)
		}
	}
}

func inspectDone(t *testing.T, inspector *asynq.Inspector, w *asynqWorker) {
	t.Helper()
	w.mu.Lock()
	defer w.mu.Unlock()
	for i := range asynqMails {
		if n := w.runs[fmt.Sprintf("mail%d", i)]; n != 1 {
			t.Errorf("mail %d ran %d times", i, n)
		}
	}
	for kind, want := range map[string]int{"later": 1, "hurried": 1, "flaky": 3, "broken": 2, "unwanted": 0} {
		if w.runs[kind] != want {
			t.Errorf("%s ran %d times, want %d", kind, w.runs[kind], want)
		}
	}
	archived, err := inspector.ListArchivedTasks("default")
	if err != nil || len(archived) != 1 || archived[0].Type != "broken" || archived[0].LastErr != "broken failed for the 2. time" {
		t.Errorf("archived: %v, %v", archived, err)
	}
	task, err := inspector.GetTaskInfo("default", "hurried")
	if err != nil || task.State != asynq.TaskStateCompleted || string(task.Result) != "done hurried" {
		t.Errorf("hurried: %+v, %v", task, err)
	}
	info, err := inspector.GetQueueInfo("default")
	if err != nil || info.Processed != 7 || info.Failed != 4 || info.Completed != 3 {
		t.Errorf("default: %+v, %v", info, err)
	}
	servers, err := inspector.Servers()
	if err != nil || len(servers) != 1 || servers[0].Concurrency != 4 {
		t.Errorf("servers: %v, %v", servers, err)
	}
}

// quiet is a logger that says nothing, and does not end the process.
type quiet struct{ *log.Logger }

func (q quiet) Debug(args ...any) { q.Print(args...) }
func (q quiet) Info(args ...any)  { q.Print(args...) }
func (q quiet) Warn(args ...any)  { q.Print(args...) }
func (q quiet) Error(args ...any) { q.Print(args...) }
