using System.Runtime.InteropServices;

namespace PolicyMTA.Commands;

/// <summary>Ctrl-C and SIGTERM: the first asks the server to drain, a second one ends the process as if nobody listened.</summary>
internal sealed class StopSignals : IDisposable
{
    private readonly CancellationTokenSource _stop;
    private readonly TaskCompletionSource _asked = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly PosixSignalRegistration[] _registrations;
    private readonly CancellationTokenRegistration _outer;

    public StopSignals(CancellationToken outer)
    {
        _stop = CancellationTokenSource.CreateLinkedTokenSource(outer);
        _outer = _stop.Token.Register(() => _asked.TrySetResult());
        _registrations = [PosixSignalRegistration.Create(PosixSignal.SIGINT, Handle), PosixSignalRegistration.Create(PosixSignal.SIGTERM, Handle)];
    }

    /// <summary>Ends with the first signal.</summary>
    public CancellationToken Stop => _stop.Token;

    /// <summary>What asked for the end.</summary>
    public string Reason { get; private set; } = "request";

    public Task WaitAsync() => _asked.Task;

    private void Handle(PosixSignalContext context)
    {
        if (_stop.IsCancellationRequested) return;
        context.Cancel = true;
        Reason = context.Signal.ToString();
        _stop.Cancel();
    }

    public void Dispose()
    {
        foreach (var registration in _registrations) registration.Dispose();
        _outer.Dispose();
        _stop.Dispose();
    }
}
