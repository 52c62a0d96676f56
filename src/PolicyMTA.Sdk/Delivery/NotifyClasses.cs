namespace PolicyMTA.Sdk;

/// <summary><c>notify_classes</c>: of what the postmaster is told.</summary>
[Flags]
public enum NotifyClasses
{
    /// <summary>Nothing.</summary>
    None = 0,
    /// <summary>Mail that is returned to its sender: a copy of the report, with the header section alone.</summary>
    Bounce = 1,
    /// <summary>Reports that could not be delivered.</summary>
    DoubleBounce = 2,
    /// <summary>Mail that is delayed: a copy of the warning.</summary>
    Delay = 4,
    /// <summary>Sessions in which a request was refused by a rule.</summary>
    Policy = 8,
    /// <summary>Sessions with mistakes of the protocol.</summary>
    Protocol = 16,
    /// <summary>Sessions in which a resource of this server was short.</summary>
    Resource = 32,
    /// <summary>Sessions in which this server failed.</summary>
    Software = 64,
    /// <summary>Sessions in which content was refused.</summary>
    Data = 128,
}
