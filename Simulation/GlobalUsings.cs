global using SessionCluster.Replication;
