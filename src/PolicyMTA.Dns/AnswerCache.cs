namespace PolicyMTA.Dns;

/// <summary>Answers by question, each until its time to live ends; bounded. Thread-safe.</summary>
internal sealed class AnswerCache(int limit, TimeProvider time)
{
    private readonly Lock _lock = new();
    private readonly Dictionary<Question, Entry> _entries = [];

    public int Count
    {
        get { lock (_lock) return _entries.Count; }
    }

    public object? Find(Question question)
    {
        lock (_lock)
        {
            return _entries.TryGetValue(question, out var entry) && time.GetTimestamp() < entry.Ends ? entry.Answer : null;
        }
    }

    public void Add(Question question, object answer, TimeSpan timeToLive)
    {
        if (timeToLive <= TimeSpan.Zero) return;
        var ends = time.GetTimestamp() + (long)(timeToLive.TotalSeconds * time.TimestampFrequency);
        lock (_lock)
        {
            if (_entries.Count >= limit) MakeRoom();
            _entries[question] = new Entry(answer, ends);
        }
    }

    // Rare and amortised: what has expired goes, and when that is not enough a quarter of the rest, whichever comes first.
    private void MakeRoom()
    {
        var now = time.GetTimestamp();
        foreach (var (question, entry) in _entries)
        {
            if (entry.Ends <= now) _entries.Remove(question);
        }
        var surplus = _entries.Count - limit * 3 / 4;
        if (surplus <= 0) return;
        foreach (var question in _entries.Keys)
        {
            if (surplus-- <= 0) break;
            _entries.Remove(question);
        }
    }

    private readonly record struct Entry(object Answer, long Ends);
}
