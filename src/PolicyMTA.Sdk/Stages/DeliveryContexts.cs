namespace PolicyMTA.Sdk;

/// <summary>
/// What a rule of the route stage sees: a recipient of a queued message that is due. The session is over; its id is the queue id, and client, helo and login are those
/// that brought the message, as far as the queue keeps them.
/// </summary>
public class RouteContext(SessionFacts session, TransactionFacts transaction, Recipient recipient, int attemptNumber) : RecipientContext(session, transaction, recipient)
{
    /// <summary>Which attempt is to come, from 1.</summary>
    public int AttemptNumber { get; } = attemptNumber;
}

/// <summary>What a rule of the attempt stage sees: recipients of a message that go to one destination together. The session is as in <see cref="RouteContext"/>.</summary>
public class AttemptContext(SessionFacts session, TransactionFacts transaction, IReadOnlyList<Recipient> recipients, DeliveryDestination destination, int attemptNumber)
    : DataContext(session, transaction, recipients)
{
    /// <summary>Where they go.</summary>
    public DeliveryDestination Destination { get; } = destination;

    /// <summary>Which attempt it is, from 1; of the recipient that was tried most.</summary>
    public int AttemptNumber { get; } = attemptNumber;
}

/// <summary>What a rule of the result stage sees: what became of a recipient. The session is as in <see cref="RouteContext"/>.</summary>
public class ResultContext(SessionFacts session, TransactionFacts transaction, Recipient recipient, int attemptNumber, DeliveryDestination destination, RecipientOutcome outcome)
    : RouteContext(session, transaction, recipient, attemptNumber)
{
    /// <summary>Where it was to go.</summary>
    public DeliveryDestination Destination { get; } = destination;

    /// <summary>What became of it.</summary>
    public RecipientOutcome Outcome { get; } = outcome;
}

/// <summary>What a rule of the bounce stage sees: a report to the sender that is about to be queued. The session is as in <see cref="RouteContext"/>.</summary>
public class BounceContext(SessionFacts session, TransactionFacts transaction, IReadOnlyList<Recipient> recipients, ReportFacts report) : DataContext(session, transaction, recipients)
{
    /// <summary>What it tells.</summary>
    public ReportFacts Report { get; } = report;
}

/// <summary>Where a delivery goes. An immutable value.</summary>
/// <param name="Transport">The transport's name.</param>
/// <param name="NextHop">The next hop in the transport's notation.</param>
public sealed record DeliveryDestination(string Transport, string NextHop);

/// <summary>What a delivery status notification tells. An immutable value.</summary>
/// <param name="Kind"><c>failure</c>, <c>delay</c> or <c>success</c>.</param>
/// <param name="Outcomes">What became of the recipients, in the order of the context's.</param>
public sealed record ReportFacts(string Kind, IReadOnlyList<RecipientOutcome> Outcomes);
