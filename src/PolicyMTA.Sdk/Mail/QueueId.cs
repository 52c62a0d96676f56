namespace PolicyMTA.Sdk;

/// <summary>The name of a message in the queue: Postfix's long-id alphabet, sortable by age, unique across nodes. An immutable value.</summary>
public readonly record struct QueueId(string Value) : IComparable<QueueId>
{
    /// <inheritdoc/>
    public int CompareTo(QueueId other) => string.CompareOrdinal(Value, other.Value);

    /// <summary>The id as logs and replies show it.</summary>
    public override string ToString() => Value ?? "NOQUEUE";
}
