using PolicyMTA.Sdk;

namespace PolicyMTA.Delivery.Client;

/// <summary>What is known about each recipient of a request while one server after the other is tried.</summary>
internal sealed class Attempt(DeliveryRequest request)
{
    private readonly RecipientOutcome?[] _outcomes = new RecipientOutcome?[request.Recipients.Count];
    private readonly bool[] _settled = new bool[request.Recipients.Count];
    private int _openCount = request.Recipients.Count;
    private Failure? _lastForAll;
    private string? _tls;

    public DeliveryRequest Request => request;

    /// <summary>True for an address probe: it ends with the replies to RCPT.</summary>
    public bool IsProbe { get; init; }

    /// <summary>True when only servers may get the message that take REQUIRETLS over verified TLS. RFC 8689 §5: a report is not lost for lack of it.</summary>
    public bool RequiresTls => request.Message.Mail.RequireTls && !request.Message.Sender.IsNull;

    /// <summary>True when another server could change nothing.</summary>
    public bool IsSettled => _openCount == 0;

    /// <summary>True when something was learnt that must not be forgotten.</summary>
    public bool HasSettled => _openCount < _settled.Length;

    /// <summary>True when some recipient has no outcome, not even one for now.</summary>
    public bool HasUnknown => Array.Exists(_outcomes, outcome => outcome is null);

    /// <summary>The recipients another server may still take, by index.</summary>
    public int[] Open()
    {
        var open = new int[_openCount];
        for (int i = 0, n = 0; i < _settled.Length; i++)
        {
            if (!_settled[i]) open[n++] = i;
        }
        return open;
    }

    /// <summary>What is known about a recipient so far.</summary>
    public RecipientOutcome? Find(int index) => _outcomes[index];

    public void Settle(int index, RecipientOutcome outcome)
    {
        _outcomes[index] = outcome with { TlsVersion = _tls };
        if (_settled[index]) return;
        _settled[index] = true;
        _openCount--;
    }

    /// <summary>A failure for good settles a recipient; one for now is kept as its outcome unless the next server does better.</summary>
    public void Fail(int index, Failure failure)
    {
        var outcome = failure.ToOutcome(request.Recipients[index].Number);
        if (failure.Action == DeliveryAction.Failed) Settle(index, outcome);
        else _outcomes[index] = outcome with { TlsVersion = _tls };
    }

    public void FailAll(Failure failure)
    {
        _lastForAll = failure;
        Fail(Open(), failure);
    }

    /// <summary>True when the last server was passed over because it lacks what REQUIRETLS asks for.</summary>
    public bool IsPassedOver => _lastForAll is { IsLackOfRequireTls: true };

    /// <summary>The next server is tried.</summary>
    public void TryNext() => (_lastForAll, _tls) = (null, null);

    /// <summary>A server talks to us, in the given version of TLS or in plain text.</summary>
    public void Talk(string? tls) => _tls = tls;

    /// <summary>No server was left that may get the message.</summary>
    public void GiveUpOnRequireTls()
    {
        if (_lastForAll is { } last) FailAll(last.ForGood());
    }

    public void Fail(IReadOnlyList<int> indexes, Failure failure)
    {
        foreach (var index in indexes)
        {
            if (!_settled[index]) Fail(index, failure);
        }
    }

    /// <summary>Fails those of whom nothing is known.</summary>
    public void FailUnknown(Failure failure) => Fail([.. Open().Where(index => _outcomes[index] is null)], failure);

    /// <summary>Every recipient's outcome.</summary>
    public IReadOnlyList<RecipientOutcome> Outcomes() => Array.ConvertAll(_outcomes, o => o ?? throw new InvalidOperationException("a recipient has no outcome"));
}
