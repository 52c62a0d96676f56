using PolicyMTA.Sdk;

namespace PolicyMTA.Delivery;

/// <summary>What the queue gives to make messages with. An immutable value.</summary>
/// <param name="NextId">A new queue id.</param>
/// <param name="CreateContent">Takes the bytes.</param>
public sealed record NewMail(Func<QueueId> NextId, Func<IContentWriter> CreateContent);
