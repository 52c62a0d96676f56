using Jint;
using Jint.Native;
using Jint.Native.Json;
using Jint.Native.Promise;
using Jint.Native.Object;
using Jint.Runtime;
using Jint.Runtime.Interop;
using PolicyMTA.Policy.Lists;
using PolicyMTA.Sdk;

namespace PolicyMTA.Policy.Scripting;

/// <summary>
/// Lets a rule await: keeps the tasks its promises stand for, waits for them on the session's own flow, and settles promises there. Settling one from another
/// thread loses wake-ups and corrupts the engine.
/// </summary>
internal sealed class PromisePump
{
    private readonly Engine _engine;
    private readonly TimeProvider _time;
    private readonly ScriptMemory? _memory;
    private readonly JsValue _then;
    private readonly List<Pending> _pending = [];
    private RuleDeadline? _deadline;
    private bool _isUnanswered;
    private long _until;

    public PromisePump(Engine engine, TimeProvider time, ScriptMemory? memory = null)
    {
        (_engine, _time, _memory) = (engine, time, memory);
        _then = engine.Global.Get("Promise").Get("prototype").Get("then");
    }

    /// <summary>The token for what a rule starts.</summary>
    public CancellationToken Token => _deadline!.Token;

    /// <summary>What is left of the rule's time.</summary>
    public TimeSpan Left => _time.GetElapsedTime(_time.GetTimestamp(), _until);

    public void Start(RuleDeadline deadline, long until)
    {
        _pending.Clear();
        _isUnanswered = false;
        (_deadline, _until) = (deadline, until);
    }

    /// <summary>The promise of something from outside. What is there already settles at once.</summary>
    /// <param name="what">The function that a rule called.</param>
    /// <param name="arguments">With what.</param>
    /// <param name="ask">Asks for it.</param>
    /// <param name="convert">Makes a value of the answer.</param>
    public JsValue Promise<T>(string what, JsValue[] arguments, Func<ValueTask<T>> ask, Func<T, JsValue> convert)
    {
        var asked = _memory?.Tape is { } tape ? tape.Ask(what, Written(arguments), ask) : ask().AsTask();
        var promise = _engine.Advanced.RegisterPromise();
        if (asked is null)
        {
            _isUnanswered = true;
            return promise.Promise;
        }
        var pending = new Pending<T>(asked, promise, convert);
        if (pending.Task.IsCompleted) pending.Settle(_engine);
        else _pending.Add(pending);
        return promise.Promise;
    }

    /// <summary>Waits until a promise is settled; throws what it was rejected with.</summary>
    public async ValueTask<JsValue> SettleAsync(JsValue promise, CancellationToken cancellationToken)
    {
        JsValue? value = null;
        JsValue? reason = null;
        _engine.Call(_then, promise,
        [
            new ClrFunction(_engine, "", (_, a) => value = a.At(0)),
            new ClrFunction(_engine, "", (_, a) => reason = a.At(0)),
        ]);
        _engine.Advanced.ProcessTasks();
        while (value is null && reason is null)
        {
            await WaitAsync(cancellationToken);
            SettleFinished();
            _engine.Advanced.ProcessTasks();
        }
        return value ?? throw new JavaScriptException(reason!);
    }

    private async ValueTask WaitAsync(CancellationToken cancellationToken)
    {
        if (_pending.Count == 0) throw new RuleBudgetException(_isUnanswered ? "took too long" : "waits for a promise that nothing settles");
        var left = Left;
        if (left <= TimeSpan.Zero) throw new RuleBudgetException("took too long");
        try
        {
            await _deadline!.WaitAsync(Task.WhenAny(_pending.Select(p => p.Task)), left, cancellationToken);
        }
        catch (TimeoutException)
        {
            throw new RuleBudgetException("took too long");
        }
    }

    private void SettleFinished()
    {
        for (var i = 0; i < _pending.Count;)
        {
            if (!_pending[i].Task.IsCompleted)
            {
                i++;
                continue;
            }
            var finished = _pending[i];
            _pending.RemoveAt(i);
            finished.Settle(_engine);
        }
    }

    private string Written(JsValue[] arguments) =>
        new JsonSerializer(_engine).Serialize(new JsArray(_engine, [.. arguments]), JsValue.Undefined, JsValue.Undefined).ToString();

    private abstract class Pending
    {
        public abstract Task Task { get; }

        public abstract void Settle(Engine engine);
    }

    private sealed class Pending<T>(Task<T> task, ManualPromise promise, Func<T, JsValue> convert) : Pending
    {
        public override Task Task => task;

        public override void Settle(Engine engine)
        {
            if (task.IsCompletedSuccessfully)
            {
                // Completed: no wait.
                promise.Resolve(convert(task.GetAwaiter().GetResult()));
                return;
            }
            // The cause stays in CLR: a policy reads a sentence.
            var text = task.Exception?.InnerException is TemporaryFailureException failure ? failure.Message : "temporary failure";
            promise.Reject(new JavaScriptException(engine.Intrinsics.Error, text).Error);
        }
    }
}
