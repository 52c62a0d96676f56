namespace PolicyMTA.Queue;

/// <summary>How much of a transport may go on at once. An immutable value; the names are those of postconf(5), <c>default_…</c> or <c>TRANSPORT_…</c>.</summary>
public sealed record TransportLimits
{
    /// <summary><c>default_process_limit</c>: attempts at once over all destinations; the last tenth is kept for destinations that have none under way.</summary>
    public int Deliveries { get; init; } = 1000;
    /// <summary><c>default_destination_concurrency_limit</c>: attempts at once to one destination.</summary>
    public int DestinationConcurrency { get; init; } = 20;
    /// <summary><c>initial_destination_concurrency</c>: as many at first.</summary>
    public int InitialDestinationConcurrency { get; init; } = 5;
    /// <summary><c>default_destination_recipient_limit</c>: recipients of one attempt.</summary>
    public int DestinationRecipients { get; init; } = 50;
    /// <summary><c>default_destination_rate_delay</c>: the rest after each attempt at a destination, of which there is one at a time then; zero for none.</summary>
    public TimeSpan DestinationRateDelay { get; init; }
    /// <summary><c>default_transport_rate_delay</c>: the rest after the begin of each attempt of the transport; zero for none.</summary>
    public TimeSpan RateDelay { get; init; }
    /// <summary><c>default_destination_concurrency_positive_feedback</c>: what an attempt that reached the next hop adds to the concurrency.</summary>
    public ConcurrencyFeedback PositiveFeedback { get; init; } = ConcurrencyFeedback.One;
    /// <summary><c>default_destination_concurrency_negative_feedback</c>: what one that did not takes away.</summary>
    public ConcurrencyFeedback NegativeFeedback { get; init; } = ConcurrencyFeedback.One;
    /// <summary><c>default_destination_concurrency_failed_cohort_limit</c>: how many whole rounds of attempts fail before a destination is dead for a while; 0: it never is.</summary>
    public double FailedCohorts { get; init; } = 1;
}
