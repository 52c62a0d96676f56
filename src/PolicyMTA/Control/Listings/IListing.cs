namespace PolicyMTA.Control.Listings;

/// <summary>A form that the queue is listed in, message by message; nothing is kept.</summary>
internal interface IListing
{
    void Add(QueueReply message);

    /// <summary>What stands below the last message.</summary>
    void End();
}
