using Microsoft.Extensions.Logging;

namespace PolicyMTA.Delivery.Local;

/// <summary>What local delivery asks of the machine. Lives as long as the process.</summary>
/// <param name="Accounts">Its users.</param>
/// <param name="Files">Its files.</param>
/// <param name="Logger">The log.</param>
internal sealed record LocalSite(UserAccounts Accounts, DestinationFiles Files, ILogger Logger);
